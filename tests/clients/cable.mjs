/** The cable between a client and a server, which can be cut: what is on it is lost, and nobody gets through until it is mended. */
import { connect, createServer } from "node:net";

export async function cable(address) {
  const { hostname, port } = new URL(address);
  const ends = new Set();
  let isCut = false;
  const keep = (socket) => {
    ends.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => ends.delete(socket));
  };
  const listener = createServer((near) => {
    keep(near);
    if (isCut) return near.destroy();
    const far = connect(Number(port), hostname);
    keep(far);
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  await new Promise((done) => listener.listen(0, "127.0.0.1", done));
  const cut = () => {
    isCut = true;
    for (const socket of ends) socket.destroy();
  };
  const mend = () => {
    isCut = false;
  };
  const stop = () => {
    cut();
    return new Promise((done) => listener.close(done));
  };
  return { address: `http://127.0.0.1:${listener.address().port}`, cut, mend, stop };
}
