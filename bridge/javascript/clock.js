// The clock of a run: it shows what the host said last. No other clock is in reach of a script; the engine sees to it
// that all local time is UTC.

const clock = { __proto__: null, began: null, now: 0 }; // milliseconds since the epoch

function setClock(milliseconds) {
  clock.began ??= milliseconds;
  clock.now = milliseconds;
}

const NativeDate = Date;

// `Date` with its time of the run; everything else of it stays as it is.
const RunDate = new Proxy(NativeDate, {
  __proto__: null,
  apply: () => dateToLongText(new NativeDate(clock.now)),
  construct: (target, given, self) => construct(target, given.length === 0 ? [clock.now] : given, self),
});

put(NativeDate, "now", named(() => clock.now, "now"), false);
put(NativeDate.prototype, "constructor", RunDate, false);
put(globalThis, "Date", RunDate, false);

// Makes the methods of a prototype that take a date, or else the present time, take that of the run.
function fixFormats({ prototype }) {
  const formatToParts = uncurry(prototype.formatToParts);
  const formatOf = getterOf(prototype, "format");
  const fixed = new Marks(); // what the getter returns is the same each time
  const methods = {
    formatToParts(date) {
      return formatToParts(this, date === undefined ? clock.now : date);
    },
    get format() {
      const native = formatOf(this);
      if (!fixed.has(native)) fixed.set(native, (date) => native(date === undefined ? clock.now : date));
      return fixed.get(native);
    },
  };
  put(prototype, "formatToParts", freeze(methods.formatToParts), false);
  const { get } = getOwnPropertyDescriptor(methods, "format");
  defineProperty(prototype, "format", { __proto__: null, get: freeze(get), enumerable: false, configurable: true });
}

fixFormats(Intl.DateTimeFormat);

// Makes `Temporal.Now` tell the time of the run. What its methods return leads to all that they need.
function fixTemporal({ Now, Instant, ZonedDateTime }) {
  const instantOf = Instant.fromEpochMilliseconds;
  const zoned = uncurry(Instant.prototype.toZonedDateTimeISO);
  const parts = {
    plainDateISO: uncurry(ZonedDateTime.prototype.toPlainDate),
    plainDateTimeISO: uncurry(ZonedDateTime.prototype.toPlainDateTime),
    plainTimeISO: uncurry(ZonedDateTime.prototype.toPlainTime),
    zonedDateTimeISO: (moment) => moment,
  };
  put(Now, "instant", named(() => instantOf(clock.now), "instant"), false);
  for (const name of keys(parts)) {
    put(Now, name, named((zone = "UTC") => parts[name](zoned(instantOf(clock.now), zone)), name), false);
  }
}

if (globalThis.Temporal !== undefined) fixTemporal(Temporal);

// What people expect of `performance`, to the millisecond.
function performanceOf() {
  const now = named(() => clock.now - (clock.began ?? 0), "now");
  return strict({ now, timeOrigin: clock.began ?? 0 }, "performance");
}
