/** What a build tries: by itself, and by the way that it was given. */
export const ASK_AROUND = `
const net = require('net');
const dns = require('dns');
const { get } = require('http');
const [, , port, gateway, service] = process.argv;
const direct = (host, port) => new Promise((resolve) => {
  const socket = net.connect({ host, port });
  socket.setTimeout(3000, () => socket.destroy(new Error('silent')));
  socket.on('connect', () => resolve(\`direct \${host}: connected\`));
  socket.on('error', ({ code, message }) => resolve(\`direct \${host}: \${code ?? message}\`));
});
const proxied = (address) => new Promise((resolve) => {
  const { hostname, port } = new URL(process.env.http_proxy);
  const request = get({ hostname, port, path: \`http://\${address}/x\` }, (answer) => {
    let text = '';
    answer.on('data', (bytes) => { text += bytes; });
    answer.on('end', () => resolve(\`proxied \${address}: \${answer.statusCode} \${text.trim()}\`));
  });
  request.on('error', ({ code }) => resolve(\`proxied \${address}: \${code}\`));
});
(async () => {
  console.log('interfaces:', Object.keys(require('os').networkInterfaces()).join());
  console.log(await direct(gateway, service));
  console.log(await direct('169.254.169.254', 80));
  for (const address of [\`127.0.0.1:\${port}\`, \`\${gateway}:\${service}\`, '169.254.169.254'])
    console.log(await proxied(address));
})();
`;
