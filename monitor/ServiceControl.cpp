#include "ServiceControl.h"

namespace concierge::monitor {

void ServiceControl::setStatus(Status status)
{
    if (m_status == status)
        return;
    m_status = status;
    Q_EMIT statusChanged();
}

} // namespace concierge::monitor
