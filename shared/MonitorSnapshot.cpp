#include "shared/MonitorSnapshot.h"

#include <algorithm>

namespace concierge {

bool MonitorSnapshot::isHealthy() const
{
    return state == QLatin1String("running") &&
           std::all_of(alerts.begin(), alerts.end(),
                       [](const Alert &alert) { return alert.severity == QLatin1String("notice"); });
}

} // namespace concierge
