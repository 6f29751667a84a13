// Reporting: an analysis → text and HTML for people, JSON for programs. No judgement is made here.
//
// `renderText` and `renderJSON` are the two reports. `TextPage` lays out any other text the program
// prints (articles, lists), so that all of it wraps alike and none of it can drive a terminal: every
// string passes `inert` on its way out, whoever wrote it.

/// The version of this program, as `--version` prints it and reports carry it.
public let culpritVersion = "0.1.0"
