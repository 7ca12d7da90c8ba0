#include "transport/IoDispatcherFactory.h"

namespace concierge::transport {

std::unique_ptr<QAbstractEventDispatcher> makeIoDispatcher(std::function<void()>)
{
    return nullptr;
}

} // namespace concierge::transport
