// An origin whose parser is Node's: answers every request with what it saw, and tells it on its standard output, one JSON
// object a line; what its parser refuses it tells as well. The first line is the port. Ends with its standard input.
'use strict';
const http = require('http');

const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');

const serve = (request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    const saw = {method: request.method, target: request.url, body: Buffer.concat(pieces).toString('latin1'),
                 trailers: Object.keys(request.trailers)};
    say(saw);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(saw));
  });
};

const server = http.createServer({keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0}, serve);
server.on('checkContinue', (request, response) => {
  response.writeContinue();
  serve(request, response);
});
server.on('checkExpectation', serve);
server.on('clientError', (error, socket) => {
  say({error: error.code || String(error)});
  socket.destroy();
});
server.listen(0, '127.0.0.1', () => say({port: server.address().port}));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
