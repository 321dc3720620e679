// From these values on a field says that the true one is in a zip64 record.
export const MAX_16 = 0xffff;
export const MAX_32 = 0xffff_ffff;

// Versions of the format that a reader must know: folders, and zip64.
export const VERSION = 20;
export const VERSION_64 = 45;
export const MADE_ON_UNIX = 3 << 8;
