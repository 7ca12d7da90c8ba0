#pragma once

#include "shared/Feed.h"

namespace concierge::monitor {

/// "Problem", "Warning", "Information", "Detail"
QString plainLevel(const QString &level);
/// What the server's line means, for a person who is not a programmer: of the lines that come most, in their
/// own words; else the server's. `known`: alerts whose figures are known.
QString plainMessage(const feed::LogRecord &record, const QList<Alert> &known = {});
/// A monitor has fetched a list or the history: it does so all the time, and changes nothing.
bool isReading(const feed::LogRecord &record);

} // namespace concierge::monitor
