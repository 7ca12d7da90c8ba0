#pragma once

#include "monitoring/CachedList.h"
#include "store/WaitingReport.h"

namespace concierge::app {

/// A WaitingRow, before it is text.
struct WaitingFacts : store::WaitingUser
{
    bool matches(const QString &filter) const;
    static std::span<const monitoring::Column<WaitingFacts>> columns();
    feed::WaitingRow row() const;
};

using WaitingList = monitoring::CachedList<WaitingFacts, feed::WaitingPage>;

} // namespace concierge::app
