/** The yardstick: node:http in, undici dispatch out, and nothing between. */

import { createServer } from "node:http";
import process from "node:process";
import { Agent } from "undici";

const [port = "0", origin = ""] = process.argv.slice(2);
const agent = new Agent({ connections: 256 });

createServer((request, response) => {
  const chunks: Uint8Array[] = [];
  request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  request.on("end", () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    agent.dispatch({
      origin,
      path: request.url ?? "/",
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer bench" },
      body: body ?? null,
    }, {
      onRequestStart: () => {},
      onResponseStart(_, status, headers) {
        const { "content-type": type = "", "content-length": length } = headers;
        response.writeHead(status, {
          "content-type": String(type),
          ...(length === undefined ? {} : { "content-length": String(length) }),
        });
      },
      onResponseData: (_, chunk) => void response.write(chunk),
      onResponseEnd: () => void response.end(),
      onResponseError: () => void response.destroy(),
    });
  });
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
