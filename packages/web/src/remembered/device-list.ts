import type { RememberedDevice } from '@pairwire/pairing';
import { element } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { createDeviceRow } from './device-row.ts';

export interface DeviceListOptions {
  /** For screen readers. */
  label: string;
  /** For a device without a name. */
  unnamed: string;
  list(): RememberedDevice[];
  rename(id: string, name: string): void;
  forget(id: string): void;
  /** On a phone: goes to that computer. */
  onConnect?: (device: RememberedDevice) => void;
  /** Told after a change how many there are left. */
  onChange(count: number): void;
}

/** The devices that are remembered here, to be renamed and forgotten, on a phone also to be met. */
export function createDeviceList(context: ViewContext, options: DeviceListOptions): HTMLElement {
  const list = element('ul', {
    class: 'devices',
    'aria-label': options.label,
    'data-testid': 'devices',
  });
  const fill = (devices: readonly RememberedDevice[]) => {
    list.replaceChildren(...devices.map((device) => createRow(device)));
  };
  /** What had the focus is gone: it stays with the device, or goes to the first that is left. */
  const changed = (id: string) => {
    const devices = options.list();
    fill(devices);
    const index = Math.max(
      0,
      devices.findIndex((device) => device.id === id),
    );
    list.children[index]?.querySelector('button')?.focus();
    options.onChange(devices.length);
  };
  const createRow = (device: RememberedDevice) =>
    createDeviceRow(context, device, {
      unnamed: options.unnamed,
      onConnect: options.onConnect,
      onRename(id, name) {
        options.rename(id, name);
        changed(id);
      },
      onForget(id) {
        options.forget(id);
        changed(id);
      },
    });
  fill(options.list());
  return list;
}
