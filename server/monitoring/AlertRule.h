#pragma once

#include "monitoring/AlertRules.h"

namespace concierge::monitoring {

/// One kind of alert. Looks at every snapshot, in order; may remember some. Thread: its AlertRules'.
class AlertRule
{
public:
    AlertRule(Milliseconds loudFor, Milliseconds quietFor)
        : m_loudFor(loudFor)
        , m_quietFor(quietFor)
    {}
    virtual ~AlertRule() = default;

    virtual Finding look(const MonitorSnapshot &snapshot, qint64 dataSince) = 0;
    Milliseconds loudFor() const noexcept { return m_loudFor; }
    Milliseconds quietFor() const noexcept { return m_quietFor; }

private:
    const Milliseconds m_loudFor;
    const Milliseconds m_quietFor;
};

/// In the order in which they are shown: the worst first. Those whose limit is 0 are left out.
std::vector<std::unique_ptr<AlertRule>> makeAlertRules(const AlertLimits &limits);

/// Of the platform's own back end, likewise.
std::vector<std::unique_ptr<AlertRule>> makeWebhookRules();

/// "3 days", "90 minutes", "1.5 seconds": for sentences.
QString spanText(Milliseconds span);
/// "1.5 GB", of 1000.
QString bytesText(qint64 bytes);

} // namespace concierge::monitoring
