/** Puts a text into the clipboard. Throws where the browser does not let the page. */
export async function copyText(text: string): Promise<void> {
  // Without TLS there is no clipboard for pages but on this machine; what is selected can be copied all the same.
  if ('clipboard' in navigator) return await navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'unseen';
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (!isCopied) throw new Error('the browser does not copy');
}
