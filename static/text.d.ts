/** A text file that the build puts into the script, as it is. */
declare module "*.txt" {
  const text: string;
  export default text;
}
