/** Greets whoever sends a name. PORT from the environment. */
import { WebSocketServer } from '@pairwire/websocket';

const server = new WebSocketServer({
  handler: {
    message(connection, message) {
      if (message.type === 'text') connection.send(`您好,${message.data}`);
      else connection.close(1003, 'a name is text');
    },
  },
});

const { port } = await server.listen(Number(process.env.PORT ?? 0));
console.log(`listening ${port}`);

process.once('SIGTERM', () => void server.close());
process.once('SIGINT', () => void server.close());
