#include "AlertBook.h"

#include "AlertText.h"

#include <QSettings>

#include <algorithm>
#include <utility>

namespace concierge::monitor {

AlertBook::AlertBook(QString key)
    : m_key(QStringLiteral("acknowledged/") + QString::fromLatin1(key.toUtf8().toHex()))
    , m_acknowledged(QSettings().value(m_key).toStringList())
{}

QString AlertBook::idOf(const Alert &alert)
{
    return QStringLiteral("%1@%2").arg(alert.code).arg(alert.since);
}

QList<Alert> AlertBook::update(QList<Alert> lasting, qint64 now)
{
    QList<Alert> fresh;
    for (AlertEntry &entry : m_entries) {
        if (!entry.isActive)
            continue;
        const auto found = std::find_if(lasting.begin(), lasting.end(), [&entry](const Alert &alert) {
            return idOf(alert) == idOf(entry.alert);
        });
        if (found == lasting.end()) {
            entry.isActive = false;
            entry.endedAt = now;
        } else {
            entry.alert = std::move(*found); // its figures go on
            lasting.erase(found);
        }
    }
    for (const Alert &alert : std::as_const(lasting)) {
        m_entries.append({alert, true, m_acknowledged.contains(idOf(alert)), 0});
        fresh.append(alert);
    }
    sort();
    return fresh;
}

void AlertBook::acknowledge(const Alert &alert)
{
    const QString id = idOf(alert);
    for (AlertEntry &entry : m_entries) {
        if (idOf(entry.alert) == id)
            entry.isAcknowledged = true;
    }
    if (!m_acknowledged.contains(id))
        m_acknowledged.append(id);
    while (m_acknowledged.size() > maxEnded)
        m_acknowledged.removeFirst();
    keep();
}

void AlertBook::keep() const
{
    QSettings().setValue(m_key, m_acknowledged);
}

void AlertBook::sort()
{
    std::stable_sort(m_entries.begin(), m_entries.end(), [](const AlertEntry &one, const AlertEntry &two) {
        if (one.isActive != two.isActive)
            return one.isActive;
        return one.isActive ? isWorse(one.alert, two.alert) : one.endedAt > two.endedAt;
    });
    const int active = activeCount();
    if (m_entries.size() > active + maxEnded)
        m_entries.resize(active + maxEnded);
}

const AlertEntry *AlertBook::worst() const
{
    const AlertEntry *worst = nullptr;
    for (const AlertEntry &entry : m_entries) {
        if (!entry.isActive)
            break;
        if (!entry.isAcknowledged)
            return &entry;
        if (!worst)
            worst = &entry;
    }
    return worst;
}

int AlertBook::activeCount() const
{
    return int(
        std::count_if(m_entries.begin(), m_entries.end(), [](const auto &entry) { return entry.isActive; }));
}

} // namespace concierge::monitor
