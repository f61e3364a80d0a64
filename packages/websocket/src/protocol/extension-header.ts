/** One parameter of an extension; no value means that the name stands alone (§9.1). */
export interface ExtensionParameter {
  readonly name: string;
  readonly value?: string;
}

/** One element of Sec-WebSocket-Extensions, parameters in the order and number they came in. */
export interface Extension {
  readonly name: string;
  readonly parameters: readonly ExtensionParameter[];
}

export declare function parseExtensions(header: string): Extension[] | undefined;
export declare function formatExtensions(extensions: readonly Extension[]): string;
