/** A text message from any client goes to all, its sender included. PORT from the environment. */
import { WebSocketServer } from '@pairwire/websocket';

const server = new WebSocketServer({
  handler: {
    message(_, message) {
      if (message.type !== 'text') return;
      // Whoever reads too slowly is closed by its own send buffer's limit; nobody waits for it.
      for (const connection of server.connections) connection.send(message.data);
    },
  },
});

const { port } = await server.listen(Number(process.env.PORT ?? 0));
console.log(`listening ${port}`);

process.once('SIGTERM', () => void server.close());
process.once('SIGINT', () => void server.close());
