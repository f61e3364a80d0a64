import type { EndpointEvents } from './endpoint.ts';

/**
 * Tells the application; what its callbacks throw must not interrupt what the endpoint is doing.
 *
 * @param isHeard - asked before each event; false: nobody is to be told any more
 */
export function guardEvents<State>(
  events: EndpointEvents<State>,
  isHeard: () => boolean,
  report: (error: unknown) => void,
): Required<EndpointEvents<State>> {
  const guard = (tell: () => void): void => {
    if (!isHeard()) return;
    try {
      tell();
    } catch (error) {
      report(error);
    }
  };
  return {
    state: (state) => guard(() => events.state?.(state)),
    field: (field) => guard(() => events.field?.(field)),
    message: (message) => guard(() => events.message?.(message)),
    secret: (message) => guard(() => events.secret?.(message)),
    delivery: (delivery) => guard(() => events.delivery?.(delivery)),
  };
}
