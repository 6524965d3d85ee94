import { generateKeyPairSync, sign } from 'node:crypto'

/**
 * Makes a key and a certificate that it has signed itself, good for this year and the next: as much of X.509 as it takes for TLS
 * with a client that does not ask who signed it (RFC 5280 section 4.1).
 */
export function selfSignedCertificate(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  // ecdsa-with-SHA256, and the attribute commonName.
  const algorithm = sequence(element(0x06, Buffer.from('2a8648ce3d040302', 'hex')))
  const commonName = element(0x06, Buffer.from('550403', 'hex'))
  const name = sequence(element(0x31, sequence(commonName, element(0x0c, Buffer.from('Adjourn test')))))
  const year = new Date().getUTCFullYear()
  const validity = sequence(
    ...[`${year}0101000000Z`, `${year + 2}0101000000Z`].map((time) => element(0x18, Buffer.from(time))),
  )
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' })
  const serial = element(0x02, Buffer.from([1]))
  const toBeSigned = sequence(serial, algorithm, name, validity, name, subjectKey)
  const signature = element(0x03, Buffer.from([0]), sign('sha256', toBeSigned, privateKey))
  const certificate = sequence(toBeSigned, algorithm, signature).toString('base64')
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, ...parts)
}

/** In DER: the tag, how long the content is, the content. */
function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
