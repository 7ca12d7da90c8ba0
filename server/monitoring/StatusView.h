#pragma once

#include "shared/Feed.h"

namespace concierge::monitoring {

enum class Colours : quint8 { None, Ansi };

/// The figures of a server for a terminal: at most 80 columns and 24 lines, with line breaks. Thread: any.
QString statusView(const feed::Hello &hello, const MonitorSnapshot &snapshot, Colours colours);

} // namespace concierge::monitoring
