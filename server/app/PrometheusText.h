#pragma once

#include "app/Telemetry.h"

#include <QByteArray>

namespace concierge::app {

/// The figures for Prometheus: its text format, version 0.0.4, UTF-8. Names by its conventions: base units,
/// `_total` for what only grows. Cost: some hundred microseconds. Thread: the telemetry's.
QByteArray prometheusText(const Telemetry &telemetry);

inline constexpr char prometheusContentType[] = "text/plain; version=0.0.4; charset=utf-8";

} // namespace concierge::app
