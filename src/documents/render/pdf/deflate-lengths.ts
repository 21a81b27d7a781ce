/**
 * Pure. How many bits each symbol of a kind of stream is written with (RFC 1951, 3.2.2): 286 of
 * bytes and lengths, 30 of distances, a hexadecimal digit each. They were counted over generated
 * documents in all languages. Files of issued documents hang on them, so that they stay.
 */
export type Kind = "page" | "objects" | "references";

export const LENGTHS: Readonly<Record<Kind, string>> = {
  page:
    "cccccccccc8ccccccccccccccccccccc6ccccccc66ccc9695555556666cc9c9ccb9aaaacabbcaac" +
    "caccc8cccccc8c6acc9a9888a87888999998b88a999aaaccbaabaca9bbabccc798869897ca88779" +
    "c8878aababbb9cacbcac9a99a999aa9aabaacbbcccccccccccccccccccccccccccccccccccccccc" +
    "cccccccccccccccccccbc355565557787777799a8bccccccca8a99a5465454544444435555668bb",
  objects:
    "cccccccccc7ccccccccccccccccccccc3cccccccaacbc9965555555555cc8c7cc898897a98b89aa" +
    "98c788aabccc8c9ccc79886a8a7ca89778c7878cba9cccccccccccccccccccccccccccccccccccc" +
    "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" +
    "ccccccccccccccccccccc3556767776687999b9babaccccccb6a77666654545454444444446789b",
  references:
    "3478888888888887888888888888888888888888888888888888888888888888888888888888888" +
    "88888888889898889889898999999999999999999999999999aaaaaaaabaaaaabbaaaabababbbbb" +
    "bbbbabbabbbb8bbbbbbbbbbbbbbabbbbb8bbbbbbcbbbbabcccccbcccccbcccccccccccccccccccc" +
    "cccccbccccbccccccc78c862c6ccccccccccccccccccccccc5bbbb1b73445867ba97793bbbbbbbb",
};
