#include "app/LagWatch.h"

#include <algorithm>
#include <utility>

namespace concierge::app {

namespace {

double toMs(Microseconds time)
{
    return static_cast<double>(time.count()) / 1'000;
}

} // namespace

LagWatch::LagWatch(std::vector<WatchedThread> threads, const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_threads(std::move(threads))
    , m_clock(clock)
{
    for (std::size_t i = 0; i < m_threads.size(); ++i)
        m_probes.push_back(std::make_shared<metrics::LagProbe>());
    m_timer.setInterval(interval);
    m_timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&m_timer, &QTimer::timeout, this, &LagWatch::probe);
}

void LagWatch::start()
{
    m_timer.start();
    m_expected = m_clock.precise() + interval;
}

void LagWatch::probe()
{
    const Microseconds now = m_clock.precise();
    if (m_expected > Microseconds(0))
        m_worst = std::max(m_worst, now - m_expected);
    m_expected = now + interval;
    for (std::size_t i = 0; i < m_threads.size(); ++i) {
        if (m_probes[i]->send(now))
            m_threads[i].post([probe = m_probes[i], &clock = m_clock] { probe->answered(clock.precise()); });
    }
}

QList<ThreadFigures> LagWatch::take()
{
    const Microseconds now = m_clock.precise();
    QList<ThreadFigures> figures{{QStringLiteral("main"), toMs(std::exchange(m_worst, {})), 0}};
    for (std::size_t i = 0; i < m_threads.size(); ++i)
        figures.append({m_threads[i].name, toMs(m_probes[i]->take(now)), m_threads[i].waiting()});
    return figures;
}

} // namespace concierge::app
