#pragma once

#include "monitoring/MonitorHost.h"
#include "monitoring/PagedTable.h"
#include "shared/Clock.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace concierge::monitoring {

/// Answers requests for pages of a table that is gathered elsewhere: at most every two seconds, and so seldom
/// that gathering takes a tenth of the time at most; dropped a minute after the last request. Rows are
/// gathered once for all who ask meanwhile. Thread: one.
template <class Row, class Page>
class CachedList
{
public:
    static constexpr Milliseconds freshFor{2'000};
    static constexpr Milliseconds keptFor{60'000};

    using Rows = Result<std::vector<Row>, feed::ReplyError>;
    /// Calls `done` once, later or from within.
    using Gather = std::function<void(std::function<void(Rows)> done)>;
    /// Appends the row to the page.
    using AppendRow = std::function<void(Page &page, const Row &row)>;

    CachedList(Gather gather, AppendRow appendRow, const Clock &clock)
        : m_gather(std::move(gather))
        , m_appendRow(std::move(appendRow))
        , m_clock(clock)
    {}

    void request(const feed::ListRequest &request, Reply<Page> reply)
    {
        m_askedAt = m_clock.monotonic();
        if (m_table && m_askedAt < m_staleAt) {
            reply(answer(request));
            return;
        }
        m_waiting.emplace_back(request, std::move(reply));
        if (m_waiting.size() > 1)
            return; // it is being gathered
        m_gather([this, since = m_askedAt](Rows rows) { take(std::move(rows), since); });
    }

    /// The next request is answered with what is then.
    void invalidate()
    {
        m_staleAt = {};
        m_isOutdated = !m_waiting.empty(); // what is being gathered may be of before
    }
    /// To be called now and then.
    void tidy()
    {
        if (m_table && m_clock.monotonic() - m_askedAt >= keptFor)
            m_table.reset();
    }
    bool isKept() const noexcept { return m_table != nullptr; }

private:
    void take(Rows rows, Milliseconds since)
    {
        auto waiting = std::exchange(m_waiting, {});
        if (!rows) {
            for (const auto &[request, reply] : waiting)
                reply(rows.error());
            return;
        }
        const Milliseconds now = m_clock.monotonic();
        m_table = std::make_unique<PagedTable<Row>>(std::move(rows).value(), m_clock.wall().count());
        m_staleAt =
            std::exchange(m_isOutdated, false) ? Milliseconds() : now + std::max(freshFor, 9 * (now - since));
        for (const auto &[request, reply] : waiting)
            reply(answer(request));
    }

    Result<Page, feed::ReplyError> answer(const feed::ListRequest &request)
    {
        const auto rows = m_table->page(request);
        if (!rows)
            return rows.error();
        Page page;
        page.offset = request.offset;
        page.total = m_table->total();
        page.matched = m_table->matched();
        page.time = m_table->time();
        for (const Row *row : *rows)
            m_appendRow(page, *row);
        return page;
    }

    const Gather m_gather;
    const AppendRow m_appendRow;
    const Clock &m_clock;
    std::unique_ptr<PagedTable<Row>> m_table;
    std::vector<std::pair<feed::ListRequest, Reply<Page>>> m_waiting;
    Milliseconds m_askedAt{}; // monotonic
    Milliseconds m_staleAt{}; // monotonic
    bool m_isOutdated = false;
};

} // namespace concierge::monitoring
