// What ping counts, the arithmetic of its last line, and how it writes times. Microseconds are integers, as in iputils.

/** What became of the requests. */
export interface PingResult {
  readonly transmitted: number;
  readonly received: number;
  readonly duplicates: number;
  readonly corrupted: number;
  readonly errors: number;
  /** All answered, none damaged. */
  readonly ok: boolean;
  /** Round trips, milliseconds; null where nothing was answered. */
  readonly rtt: Rtt | null;
}

export interface Rtt {
  readonly min: number;
  readonly avg: number;
  readonly max: number;
  readonly mdev: number;
}

/** "0.123", "1.23", "12.3", "123": iputils shows three digits. */
export function formatRtt(micros: number): string {
  const part = (value: number, digits: number): string => String(value).padStart(digits, "0");
  if (micros >= 100000 - 50) return String(Math.floor((micros + 500) / 1000));
  if (micros >= 10000 - 5) {
    const rounded = micros + 50;
    return `${Math.floor(rounded / 1000)}.${Math.floor((rounded % 1000) / 100)}`;
  }
  if (micros >= 1000) {
    const rounded = micros + 5;
    return `${Math.floor(rounded / 1000)}.${part(Math.floor((rounded % 1000) / 10), 2)}`;
  }
  return `0.${part(micros, 3)}`;
}

/** C's %g of a percentage: six significant digits. */
export function percent(part: number, whole: number): string {
  return String(Number(((part * 100) / whole).toPrecision(6)));
}

function milliseconds(micros: number): string {
  return `${Math.floor(micros / 1000)}.${String(micros % 1000).padStart(3, "0")}`;
}

export class RttStatistics {
  max = 0;
  #min = Infinity;
  #sum = 0;
  #squares = 0;
  #count = 0;

  add(micros: number): void {
    this.#min = Math.min(this.#min, micros);
    this.max = Math.max(this.max, micros);
    this.#sum += micros;
    this.#squares += micros * micros;
    this.#count++;
  }

  /** As ping's last line has them: whole microseconds. */
  #micros(): Rtt {
    const mean = Math.floor(this.#sum / this.#count);
    const variance = Math.floor((this.#squares - (this.#sum * this.#sum) / this.#count) / this.#count);
    const deviation = Math.floor(Math.sqrt(Math.max(variance, 0)));
    return { min: this.#min, avg: mean, max: this.max, mdev: deviation };
  }

  get milliseconds(): Rtt | null {
    if (this.#count === 0) return null;
    const { min, avg, max, mdev } = this.#micros();
    return { min: min / 1000, avg: avg / 1000, max: max / 1000, mdev: mdev / 1000 };
  }

  describe(): string {
    const { min, avg, max, mdev } = this.#micros();
    const numbers = [min, avg, max, mdev].map(milliseconds).join("/");
    return `rtt min/avg/max/mdev = ${numbers} ms`;
  }
}
