/** Memory outside of the heap that codecs hold, of all connections of this process together. */
class CompressionMemory {
  #heldBytes = 0;

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether so many bytes more stay within the limit, which each server or client has its own of. */
  hasRoomFor(bytes: number, maxBytes: number): boolean {
    return this.#heldBytes + bytes <= maxBytes;
  }

  hold(bytes: number): void {
    this.#heldBytes += bytes;
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}

export const compressionMemory = new CompressionMemory();
