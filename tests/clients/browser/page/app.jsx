// A page around the seed's README, "Message Sending" and "Message Reception".
import { useContext, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

import { AuthContext } from "./AuthContext.jsx";
import { SocketContextProvider, useSocket } from "./SocketContext.jsx";

const parameters = new URLSearchParams(location.search);
const receiverId = parameters.get("receiver");
window.CLIENT_OPTIONS = JSON.parse(parameters.get("options") ?? "null") ?? undefined;

const Connection = () => {
  const { socket } = useSocket();
  const [state, setState] = useState("none");
  const [transport, setTransport] = useState("");

  useEffect(() => {
    if (!socket) {
      setState("none");
      return;
    }
    // Polled: by the time this effect runs, the first events may have been.
    let refused = false;
    socket.on("connect_error", () => { refused = true; });
    const look = setInterval(() => {
      setState(socket.connected ? "connected" : refused ? "refused" : "connecting");
      setTransport(socket.io.engine?.transport?.name ?? "");
    }, 50);
    return () => clearInterval(look);
  }, [socket]);

  return <p><span id="state">{state}</span> <span id="transport">{transport}</span></p>;
};

const SendBox = () => {
  const { currentUser } = useContext(AuthContext);
  const { socket } = useSocket();
  const [message, setMessage] = useState("");

  const sendMessage = (receiverId, chatId) => {
    if (socket && message.trim()) {
      const messageData = {
        text: message,
        senderId: currentUser.id,
        chatId: chatId,
        timestamp: new Date().toISOString()
      };

      // Emit message to Socket.IO server
      socket.emit("sendMessage", {
        receiverId: receiverId,
        data: messageData
      });

      // Clear message input
      setMessage("");
    }
  };

  return (
    <div className="chat">
      <input
        value={message}
        onChange={(e) => setMessage(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === "Enter") {
            sendMessage(receiverId, "chat-1");
          }
        }}
      />
      <button id="send" onClick={() => sendMessage(receiverId, "chat-1")}>
        Send
      </button>
    </div>
  );
};

const Messages = () => {
  const { socket } = useSocket();
  const [messages, setMessages] = useState([]);
  const [onlineUsers, setOnlineUsers] = useState([]);

  useEffect(() => {
    if (socket) {
      // Listen for incoming messages
      socket.on("getMessage", (messageData) => {
        // Update messages state
        setMessages(prev => [...prev, messageData]);
      });

      // Listen for online users updates
      socket.on("getOnlineUsers", (onlineUserIds) => {
        setOnlineUsers(onlineUserIds);
      });

      // Cleanup listeners
      return () => {
        socket.off("getMessage");
        socket.off("getOnlineUsers");
      };
    }
  }, [socket]);

  return (
    <div className="chatContainer">
      <ul id="messages">{messages.map((data, i) => <li key={i}>{data.senderId}: {data.text}</li>)}</ul>
      <ul id="online">{[...onlineUsers].sort().map(id => <li key={id}>{id}</li>)}</ul>
    </div>
  );
};

const App = () => {
  const [currentUser, setCurrentUser] = useState({ id: parameters.get("user") });
  return (
    <AuthContext.Provider value={{ currentUser }}>
      <SocketContextProvider>
        <Connection />
        <SendBox />
        <Messages />
        <button id="logout" onClick={() => setCurrentUser(null)}>Log out</button>
      </SocketContextProvider>
    </AuthContext.Provider>
  );
};

createRoot(document.getElementById("root")).render(<App />);
