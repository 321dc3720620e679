// Fetches a page as soon as its server answers, for up to ten seconds, and prints it.
const [url] = process.argv.slice(2);
const until = Date.now() + 10_000;
for (;;) {
  try {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    console.log(await answer.text());
    break;
  } catch (error) {
    if (Date.now() > until) throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
