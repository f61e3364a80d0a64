import type { ConnectedState, RememberedDevice, RememberedDevices } from '@pairwire/pairing';

type Side = Parameters<RememberedDevices['list']>[0];

/** What a device is called here. @param unnamed - for one that has no name at all */
export function shownName({ givenName, name }: RememberedDevice, unnamed: string): string {
  return givenName || name || unnamed;
}

/** A device that is remembered goes by the name that was given to it here. */
export function withGivenName<State extends { phase: string } | ConnectedState>(
  state: State,
  devices: RememberedDevices | undefined,
  side: Side,
): State {
  if (!('rememberedId' in state)) return state;
  const device = devices?.list(side).find(({ id }) => id === state.rememberedId);
  return device?.givenName ? { ...state, peerName: device.givenName } : state;
}
