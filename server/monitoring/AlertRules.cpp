#include "monitoring/AlertRules.h"

#include "monitoring/AlertRule.h"

#include <utility>

namespace concierge::monitoring {

using Verdict = Finding::Verdict;

AlertRules::AlertRules(const AlertLimits &limits)
{
    for (auto &rule : makeAlertRules(limits))
        m_watches.push_back({std::move(rule), {}, {}});
}

AlertRules::~AlertRules() = default;

std::vector<feed::AlertChange> AlertRules::update(const MonitorSnapshot &snapshot, qint64 dataSince)
{
    std::vector<feed::AlertChange> changes;
    for (Watch &watch : m_watches) {
        if (auto change = update(watch, snapshot, dataSince))
            changes.push_back(*std::move(change));
    }
    return changes;
}

std::optional<feed::AlertChange> AlertRules::update(Watch &watch, const MonitorSnapshot &snapshot,
                                                    qint64 dataSince)
{
    Finding finding = watch.rule->look(snapshot, dataSince);
    const bool isActive = watch.active.has_value();
    if (isActive && finding.verdict != Verdict::Quiet) {
        finding.alert.since = watch.active->since;
        watch.active = std::move(finding.alert);
    }
    if (finding.verdict != (isActive ? Verdict::Quiet : Verdict::Loud)) {
        watch.turning.reset();
        return std::nullopt;
    }
    const qint64 patience = (isActive ? watch.rule->quietFor() : watch.rule->loudFor()).count();
    if (!watch.turning)
        watch.turning = snapshot.uptimeMs;
    if (snapshot.uptimeMs - *watch.turning < patience)
        return std::nullopt;
    watch.turning.reset();
    if (isActive)
        return feed::AlertChange{false, *std::exchange(watch.active, std::nullopt)};
    watch.active = std::move(finding.alert);
    watch.active->since = snapshot.time;
    return feed::AlertChange{true, *watch.active};
}

QList<Alert> AlertRules::active() const
{
    QList<Alert> alerts;
    for (const Watch &watch : m_watches) {
        if (watch.active)
            alerts.append(*watch.active);
    }
    return alerts;
}

} // namespace concierge::monitoring
