/** Reads a QR with the camera. It is fetched only when somebody opens the camera, as is what it needs of a library. */

/** How long between two looks: quick to the eye, and easy on an old tablet. */
const PAUSE_MS = 120;
/** The longest side of what is looked at. More finds nothing more, and takes time. */
const LONGEST = 720;

/** @typedef {{detect(source: HTMLVideoElement): Promise<{rawValue: string}[]>}} Detector the browser's own reader, where it has one */

/**
 * Shows what the camera sees and looks for a QR until `found` says yes, or the signal stops it.
 * @param {HTMLVideoElement} video
 * @param {(text: string) => boolean} found whether it was what is sought
 * @param {AbortSignal} signal
 * @throws {DOMException} what getUserMedia says: NotAllowedError, NotFoundError, …
 */
export async function watch(video, found, signal) {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
    audio: false,
  });
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) return stop();
  try {
    const read = await reader();
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted && !(await sees(read, video, found))) await pause();
  } catch (error) {
    // Whoever stops the camera interrupts what it is doing: that is no fault.
    if (!signal.aborted) throw error;
  } finally {
    stop();
  }
}

/** @param {(video: HTMLVideoElement) => Promise<string>} read @param {HTMLVideoElement} video @param {(text: string) => boolean} found */
async function sees(read, video, found) {
  const text = video.videoWidth ? await read(video) : "";
  return Boolean(text) && found(text);
}

/** @returns {Promise<(video: HTMLVideoElement) => Promise<string>>} tells the text of the QR in sight; empty when there is none */
async function reader() {
  const detector = await ownReader();
  if (detector) return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
  const { decodeQR } = await import("qr/decode.js");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("there is no canvas to look at");
  return async (video) => {
    const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      return ""; // no QR in sight, as in most pictures
    }
  };
}

/** @returns {Promise<Detector | null>} */
async function ownReader() {
  const kind = /** @type {(new (what: {formats: string[]}) => Detector) & {getSupportedFormats(): Promise<string[]>} | undefined} */ (
    Reflect.get(globalThis, "BarcodeDetector")
  );
  if (!kind || !(await kind.getSupportedFormats()).includes("qr_code")) return null;
  return new kind({ formats: ["qr_code"] });
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
