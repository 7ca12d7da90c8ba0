#pragma once

#include "shared/Feed.h"

namespace concierge::monitoring {

enum class Colours : quint8 { None, Ansi };

/// The figures of a server for a terminal: lines of at most 80 columns; without long texts some 24 of them.
/// Thread: any.
QString statusView(const feed::Hello &hello, const MonitorSnapshot &snapshot, Colours colours);

} // namespace concierge::monitoring
