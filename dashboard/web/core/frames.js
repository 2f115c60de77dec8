// Frames beside snapshots: each topic numbers its frames, and a snapshot holds the number up to which it is.

/** @typedef {{topic: string, number: number}} NumberedFrame */
/** @typedef {Record<string, number>} Numbers The number of each topic's last frame. */

/**
 * Whether a frame came after a snapshot, or after the frames that are applied.
 * @param {NumberedFrame} frame
 * @param {Numbers} numbers
 */
export const isNewer = ({ topic, number }, numbers) => number > (numbers[topic] || 0);

/**
 * Whether frames between a snapshot and the first frame of the socket are missing: it must be requested again.
 * @param {{epoch: string, numbers: Numbers}} snapshot
 * @param {{epoch: string | null, numbers: Numbers}} live `numbers`: before the first frame of each topic
 */
export const isBehind = (snapshot, live) => snapshot.epoch !== live.epoch
  || Object.entries(snapshot.numbers).some(([topic, number]) => (live.numbers[topic] || 0) > number);

/**
 * The newest frames, kept until a snapshot comes that may be older than they are.
 * @template {NumberedFrame} T
 */
export class HeldFrames {
  /** @param {number} most */
  constructor(most) {
    this.most = most;
    /** @type {T[]} */
    this.frames = [];
  }

  /** @param {T} frame */
  add(frame) {
    this.frames.push(frame);
    if (this.frames.length > this.most) this.frames.shift();
  }

  /** @param {Numbers} numbers */
  newerThan(numbers) {
    return this.frames.filter((frame) => isNewer(frame, numbers));
  }

  clear() {
    this.frames = [];
  }
}
