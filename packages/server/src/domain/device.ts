/**
 * What a session's device is called, for people who look for the one that they lost. Nothing is decided by it: whoever logs in
 * says what they like.
 */

/** Longer ones are cut: enough for any name that a person reads. */
const lengthMax = 100

/** The first that occurs counts: most browsers name those that they descend from as well. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera|OPT)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
]

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/**
 * A short text for the `User-Agent` of a request: browser and system where they are known, such as `Firefox on Windows`; else
 * what was sent, without characters that cannot be seen, and cut where it is long.
 *
 * @returns `null` where nothing that can be read was sent.
 */
export function deviceOf(userAgent: string | undefined): string | null {
  if (userAgent === undefined) return null
  const browser = browsers.find(([pattern]) => pattern.test(userAgent))?.[1]
  const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1]
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`
  // Controls, and signs that turn the direction of what stands around them.
  const readable = userAgent.replaceAll(/[\p{C}\s]+/gu, ' ').trim()
  return readable === '' ? null : Array.from(readable).slice(0, lengthMax).join('').trim()
}
