"""The journal: what happened in each run, kept so that a run survives its process and can be repeated without paying.

A run is a machine whose only input is the ordered list of what the host delivers to the guest. So the journal keeps
each delivery with its place in that order and the batch that it came in, and nothing of what follows from them. One
table holds it all, by the number of a call and a key:

- Key `""` is the call itself: its request and fingerprint, and its result with `ord`, `batch` and `t_ms` once it is
  delivered. A result without `ord` has ended and was not delivered; without a result the call is open.
- Keys such as `request:0` or `tool:ID` are effects inside of a call. The guest never sees them, so they have no `ord`;
  a call that begins again finds its ended effects here by what identifies them, and pays for the others only.
- Keys such as `fn:1` or `tool:ID/fn:1` are functions of the guest that the call has called: the nth below one effect.
  They are deliveries, with `ord`; their answer follows from the replay and is not kept.
- What belongs to no call, as the wish to stop, has number 0.

`ord` counts all deliveries of a run, and `batch` the frames that held them: a guest that gets two results at once runs
both before it does what follows from either, so the same order in other batches would be another run. The clock of a
batch is the largest `t_ms` in it. Within one run what is written first is durable first, so a crash loses an end of
the journal and never its middle.
"""
