import fc from 'fast-check';

/**
 * A character of Unicode, of the lowest ones more often, as the `unit` of `fc.string`. `binary` means the same, and takes half a second
 * and more of the processor to be made, in which a server in the same process answers nobody.
 */
export const anyCharacter = fc
  .oneof(
    fc.integer({ max: 0x2ff, min: 0 }),
    fc.integer({ max: 0xd7ff, min: 0 }),
    fc.integer({ max: 0x10ffff, min: 0xe000 }),
  )
  .map((point) => String.fromCodePoint(point));
