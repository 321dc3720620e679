// CRC-32's polynomial, its bits mirrored as everywhere below: the highest bit stands for x^0, the lowest for x^31.
const POLYNOMIAL = 0xedb88320;

/** The product of two polynomials, modulo CRC-32's. */
function multiply(a: number, b: number): number {
  let product = 0;
  // As a signed number a polynomial with x^0 is below zero.
  for (let rest = a | 0, shifted = b; rest !== 0; rest <<= 1) {
    if (rest < 0) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product >>> 0;
}

/** `x` to the power of 8, 16, 32 …: what 1, 2, 4 … bytes of zeroes multiply a checksum by. */
const ZERO_BYTES: readonly number[] = (() => {
  const powers = [0x00800000];
  // 53 bits: the longest length that a number can say.
  for (let i = 1; i < 53; i += 1) powers.push(multiply(powers[i - 1] ?? 0, powers[i - 1] ?? 0));
  return powers;
})();

/**
 * The CRC-32 of two byte sequences after each other, from that of each one and the length of the second; in as many
 * steps as the length has binary digits.
 */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  let shifted = first;
  for (let bit = 0, left = secondBytes; left > 0; left = Math.floor(left / 2), bit += 1) {
    if (left % 2 === 1) shifted = multiply(ZERO_BYTES[bit] ?? 0, shifted);
  }
  return (shifted ^ second) >>> 0;
}
