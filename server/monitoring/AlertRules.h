#pragma once

#include "shared/Clock.h"
#include "shared/Feed.h"

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace concierge::monitoring {

/// From where on an operator is to hear of something. 0 turns a rule off.
struct AlertLimits
{
    qint64 inboxGrowth = 1'000; ///< messages that wait more than ten minutes ago
    Milliseconds inboxAge{604'800'000};
    qint64 diskFree = 1'000'000'000; ///< bytes
    Milliseconds deliveryP95{1'000};
    qint64 refusedPerMinute = 300;
    Milliseconds loopLag{500};
    Milliseconds backupAge{604'800'000};
    qint64 limitedPerMinute = 30; ///< connections and events that a limit has refused
};

/// A rule's opinion of one snapshot.
struct Finding
{
    enum class Verdict : quint8 {
        Quiet,   ///< below the level at which an alert ends
        Between, ///< a begun alert goes on, none begins
        Loud
    };
    Verdict verdict = Verdict::Quiet;
    Alert alert; ///< without `since`; the figures of now
};

class AlertRule;

/// Snapshots in, one a second or so; alerts out. An alert begins when its rule was Loud for a while without a
/// break, and ends when it was Quiet for a while, so that none flaps. The server's uptime is the time, so
/// that wall clocks may be set. Thread: one.
class AlertRules
{
public:
    explicit AlertRules(const AlertLimits &limits);
    ~AlertRules();

    /// `dataSince`: the time of day from which on there is something to back up. Yields what began and what
    /// is over.
    std::vector<feed::AlertChange> update(const MonitorSnapshot &snapshot, qint64 dataSince);
    /// Those that last, with the figures of the latest snapshot.
    QList<Alert> active() const;

private:
    struct Watch
    {
        std::unique_ptr<AlertRule> rule;
        std::optional<qint64> turning; // uptime since when the rule has wanted the other state
        std::optional<Alert> active;
    };
    std::optional<feed::AlertChange> update(Watch &watch, const MonitorSnapshot &snapshot, qint64 dataSince);

    std::vector<Watch> m_watches;
};

} // namespace concierge::monitoring
