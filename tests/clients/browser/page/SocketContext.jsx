// The seed's README, "Frontend Connection Setup", as it stands there; only CLIENT_OPTIONS, what a page with
// credentials adds, is ours.
import { createContext, useContext, useEffect, useState } from "react";
import { io } from "socket.io-client";

import { AuthContext } from "./AuthContext.jsx";

const SocketContext = createContext();

export const SocketContextProvider = ({ children }) => {
  const { currentUser } = useContext(AuthContext);
  const [socket, setSocket] = useState(null);

  useEffect(() => {
    if (currentUser) {
      // Connect to Socket.IO server
      const newSocket = io(process.env.VITE_SOCKET_URL || "http://localhost:4000", window.CLIENT_OPTIONS);
      setSocket(newSocket);

      // Register user
      newSocket.emit("newUser", currentUser.id);

      // Cleanup on unmount
      return () => {
        newSocket.close();
      };
    } else {
      // Disconnect when user logs out
      if (socket) {
        socket.close();
        setSocket(null);
      }
    }
  }, [currentUser]);

  return (
    <SocketContext.Provider value={{ socket }}>
      {children}
    </SocketContext.Provider>
  );
};

export const useSocket = () => {
  return useContext(SocketContext);
};
