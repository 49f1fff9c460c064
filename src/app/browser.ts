/** What kind of browser this is: only to put the fitting instructions first. */
export type Browser = "chrome" | "linux" | "firefox" | "safari";

export function guessBrowser(userAgent: string): Browser {
  if (/firefox|fxios/i.test(userAgent)) return "firefox";
  const isChromium = /chrom(e|ium)|crios|edg/i.test(userAgent);
  if (isChromium) return /linux/i.test(userAgent) && !/android/i.test(userAgent) ? "linux" : "chrome";
  return /safari|iphone|ipad/i.test(userAgent) ? "safari" : "chrome";
}
