// Detection: streaming detectors over observations. Bounded memory, mergeable, deterministic.
//
// `PairMemory` (the front stage, one thread) answers how two addresses had met before; `Shard` (16
// of them, by source) keeps the books of each source; `Stream` composes both over one piece of
// evidence and ends in `ActivityEvidence`: what each notable source did, as findings. `Articles` in
// the room `Knowledge` say what findings mean; nothing here does.
