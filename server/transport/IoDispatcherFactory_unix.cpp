#include "transport/IoDispatcherFactory.h"
#include "transport/IoEventDispatcher.h"

namespace concierge::transport {

std::unique_ptr<QAbstractEventDispatcher> makeIoDispatcher(std::function<void()> turnEnd)
{
    auto dispatcher = std::make_unique<IoEventDispatcher>();
    dispatcher->setTurnEndHandler(std::move(turnEnd));
    return dispatcher;
}

} // namespace concierge::transport
