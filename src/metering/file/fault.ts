/** What is wrong with a file, or with what was said of it, so that nothing of it can be read. */
/** Something that whoever has the file can put right. */
export class FileFault extends Error {}
