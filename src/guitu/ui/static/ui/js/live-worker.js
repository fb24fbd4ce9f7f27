/* Holds the one connection for all tabs; see live.js. A tab says hello with its options (a newer CSRF
   token replaces an older one) and bye when it goes; with the last tab the connection is closed. */
import { Connection } from "./live-connection.js";

const ports = new Set();
let connection = null;

function tellAll(message) {
  for (const port of ports) {
    port.postMessage(message);
  }
}

self.onconnect = (event) => {
  const port = event.ports[0];
  port.onmessage = ({ data }) => {
    if (data.kind === "hello") {
      ports.add(port);
      if (connection === null || connection.state === "refused") {
        connection?.close();
        connection = new Connection(data.options, tellAll);
        connection.open();
      } else {
        connection.options = data.options;
        port.postMessage({ kind: "state", detail: { state: connection.state || "lost" } });
      }
    } else if (data.kind === "bye") {
      ports.delete(port);
      if (ports.size === 0) {
        connection?.close();
        connection = null;
      }
    }
  };
  port.start();
};
