/** The list of the words of codes: the very file that the server reads. */
import list from "../../outreach/contacts/words.txt";
import { Words } from "./recognition.js";

export const WORDS = new Words(list);
