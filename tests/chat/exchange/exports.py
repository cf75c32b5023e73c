"""Made-up exports, in the shapes in which other places write them."""

import io
import json
import zipfile
from typing import Any

BEGAN = 1_700_000_000.0


def chatgpt_node(
    name: str, parent: str | None, role: str, text: str = "", **fields: Any
) -> dict[str, Any]:
    """A node of ChatGPT's `mapping`; `content`, `metadata`, `recipient` replace what it has."""
    message = {
        "id": name,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": BEGAN + len(name),
        "content": {"content_type": "text", "parts": [text]},
        "status": "finished_successfully",
        "metadata": {},
        "recipient": "all",
    }
    return {"id": name, "message": message | fields, "parent": parent, "children": []}


def chatgpt_chat(name: str = "chat-1", *more: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A chat with a hidden beginning, a question with two answers, and `more` nodes."""
    nodes = [
        {"id": "root", "message": None, "parent": None, "children": []},
        chatgpt_node("system", "root", "system", ""),
        chatgpt_node("question", "system", "user", "What is clay?"),
        chatgpt_node("first", "question", "assistant", "A **mineral**.",
                     metadata={"model_slug": "gpt-5"}),
        chatgpt_node("second", "question", "assistant", "Wet *earth*.",
                     metadata={"model_slug": "gpt-5"}),
        *more,
    ]  # fmt: skip
    chat = {
        "title": "About clay",
        "create_time": BEGAN,
        "update_time": BEGAN + 60,
        "mapping": {node["id"]: node for node in nodes},
        "current_node": nodes[-1]["id"],
        "conversation_id": name,
        "id": name,
    }
    return chat | fields


def openwebui_chat(name: str = "owui-1", **fields: Any) -> dict[str, Any]:
    """A chat of a question with two answers, one of which thought aloud."""
    thought = '<details type="reasoning" done="true"><summary>Thought</summary>\n> hm\n</details>\n'
    messages = {
        "q": {"id": "q", "parentId": None, "childrenIds": ["a", "b"], "role": "user",
              "content": "How hot is a kiln?", "timestamp": int(BEGAN),
              "files": [{"type": "file", "name": "kiln.pdf"}]},
        "a": {"id": "a", "parentId": "q", "childrenIds": [], "role": "assistant",
              "content": f"{thought}About 1,200 °C.", "model": "llama3:8b",
              "modelName": "Llama 3", "timestamp": int(BEGAN) + 5, "done": True},
        "b": {"id": "b", "parentId": "q", "childrenIds": [], "role": "assistant",
              "content": "", "model": "broken:1b", "error": {"content": "no"},
              "timestamp": int(BEGAN) + 6},
    }  # fmt: skip
    chat = {
        "id": name,
        "user_id": "somebody",
        "title": "Kilns",
        "chat": {
            "title": "Kilns",
            "models": ["llama3:8b"],
            "history": {"messages": messages, "currentId": "a"},
            "messages": [],
            "timestamp": int(BEGAN * 1000),
        },
        "created_at": int(BEGAN),
        "updated_at": int(BEGAN) + 9,
        "archived": False,
    }
    return chat | fields


def as_json(*chats: Any) -> bytes:
    return json.dumps(chats).encode()


def as_zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()
