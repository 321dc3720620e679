import { bytesText, countText } from './format.ts';

/** A size for people; all its digits are its title. */
export const Bytes = ({ value }: { readonly value: number }) => (
  <span class="bytes" title={`${countText(value)} bytes`}>
    {bytesText(value)}
  </span>
);
