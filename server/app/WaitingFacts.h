#pragma once

#include "app/CachedList.h"
#include "store/WaitingReport.h"

namespace concierge::app {

/// A WaitingRow, before it is text.
struct WaitingFacts : store::WaitingUser
{
    bool matches(const QString &filter) const;
    static std::span<const Column<WaitingFacts>> columns();
    feed::WaitingRow row() const;
};

using WaitingList = CachedList<WaitingFacts, feed::WaitingPage>;

} // namespace concierge::app
