// For the specs: the state that the spec host (tools/asc/aspect-host.mjs) collects, and its clock.

/** Moves the clock by `ns` nanoseconds. */
@external("spec", "advance") export declare function spec_advance(ns: u32): void;

/** Frames that reached the top of the stack: how many; the bytes and the interface of one, negative: from the end. */
@external("spec", "frames") export declare function spec_frames(): i32;
@external("spec", "frame") export declare function spec_frame(index: i32, buf: usize, size: u32): i32;
@external("spec", "frame_ifindex") export declare function spec_frame_ifindex(index: i32): i32;

/** The virtio_net_hdr before one. */
@external("spec", "frame_hdr") export declare function spec_frame_hdr(index: i32, buf: usize): void;

/** Whether there is no room for more of them; how often the host was told of room in a ring. */
@external("spec", "set_full") export declare function spec_set_full(full: bool): void;
@external("spec", "rooms") export declare function spec_rooms(): i32;

/** Netdevice events: how many, and one, negative: from the end. */
@external("spec", "net_events") export declare function spec_net_events(): i32;
@external("spec", "net_event") export declare function spec_net_event(index: i32): i32;
